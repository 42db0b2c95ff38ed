import { runScreenshotsCommand } from './screenshots/main.ts';

process.exitCode = await runScreenshotsCommand(process.argv.slice(2));
