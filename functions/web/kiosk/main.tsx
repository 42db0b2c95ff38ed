import { mountPage } from '../page/mount-page.tsx';
import { KioskPage } from './kiosk-page.tsx';
import { de } from './messages-de.ts';
import { en } from './messages-en.ts';

mountPage({
  messages: { en, de },
  titleOf: ({ kioskTitle }) => kioskTitle,
  View: KioskPage,
  isShared: true,
});
