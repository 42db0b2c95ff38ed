import { mountPage } from '../page/mount-page.tsx';
import { opsMessages } from './messages.ts';
import { OpsView } from './ops-view.tsx';

mountPage({ messages: opsMessages, titleOf: ({ title }) => title, View: OpsView });
