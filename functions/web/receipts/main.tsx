import { mountPage } from '../page/mount-page.tsx';

mountPage({
  messages: { en: { title: 'receipts' }, de: { title: 'receipts' } },
  titleOf: ({ title }) => title,
  View: ({ speech }) => <h1>{speech.messages.title}</h1>,
});
