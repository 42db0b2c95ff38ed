import { mountPage } from '../page/mount-page.tsx';
import { BallotPage } from './ballot-page.tsx';
import { de } from './messages-de.ts';
import { en } from './messages-en.ts';

mountPage({ messages: { en, de }, titleOf: ({ title }) => title, View: BallotPage });
