import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Before the rest is loaded: compiled code from the last start saves 0.1 s and 25 MB.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/node-compile', import.meta.url)));
const { runStartCommand } = await import('../lib/local/start-command.ts');
await runStartCommand(process.argv.slice(2));
