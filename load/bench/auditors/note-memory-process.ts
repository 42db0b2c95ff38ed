import { writeFileSync } from 'node:fs';

/** Loaded into a command before everything else: leaves what its process had at most, in kB, where it is told to. */
const file = process.env['BENCH_MEMORY_FILE'];
if (file === undefined) throw new Error('this is loaded by npm run bench, not by hand');
process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS)));
