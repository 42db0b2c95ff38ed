import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Before the rest is loaded: compiled code from the last start saves 0.1 s and 20 MB.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/node-compile', import.meta.url)));
const { runReplayCommand } = await import('./replay/main.ts');
process.exitCode = await runReplayCommand(process.argv.slice(2));
