import { mountPage } from '../page/mount-page.tsx';
import { HomePage } from './home-page.tsx';
import { homeMessages } from './messages.ts';

mountPage({ messages: homeMessages, titleOf: ({ title }) => title, View: HomePage });
