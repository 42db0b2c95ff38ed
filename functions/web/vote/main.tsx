import { mountPage } from '../page/mount-page.tsx';

mountPage({
  messages: { en: { title: 'vote' }, de: { title: 'vote' } },
  titleOf: ({ title }) => title,
  View: ({ speech }) => <h1>{speech.messages.title}</h1>,
});
