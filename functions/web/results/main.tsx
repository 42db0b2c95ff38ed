import { mountPage } from '../page/mount-page.tsx';
import { resultsMessages } from './messages.ts';
import { ResultsView } from './results-view.tsx';

mountPage({ messages: resultsMessages, titleOf: ({ title }) => title, View: ResultsView });
