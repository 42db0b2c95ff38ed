import { mountPage } from '../page/mount-page.tsx';
import { de } from './messages-de.ts';
import { en } from './messages-en.ts';
import { ReceiptPage } from './receipt-page.tsx';

mountPage({ messages: { en, de }, titleOf: ({ title }) => title, View: ReceiptPage });
