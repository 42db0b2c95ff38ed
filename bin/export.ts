import { runExportCommand } from '../lib/export/export-command.ts';

await runExportCommand(process.argv.slice(2));
