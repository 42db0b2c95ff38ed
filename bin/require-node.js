// Runs before every script, on whatever Node the machine has: plain JavaScript, no types, no imports.
// npm brings Node 24 on linux (node-linux-*); elsewhere the machine's own must be new enough.
const majorMin = 24;
if (Number.parseInt(process.versions.node, 10) < majorMin) {
  console.error(
    `ballotstream needs Node ${majorMin} or newer; this is ${process.version} (${process.execPath})`,
  );
  process.exitCode = 1;
}
