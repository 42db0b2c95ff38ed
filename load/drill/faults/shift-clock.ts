// Loaded into a process before everything else (node --import). Each SIGUSR2 moves its wall clock
// on: an hour ahead, an hour behind, right again. What was read before the jump stays as it was.

const hourMs = 3_600_000;
const shiftsMs = [0, hourMs, -hourMs];
const RealDate = Date;
const realNow = RealDate.now.bind(RealDate);
let step = 0;

const now = (): number => realNow() + (shiftsMs[step % shiftsMs.length] ?? 0);

globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
  get: (target, name, receiver): unknown => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});

process.on('SIGUSR2', () => {
  step += 1;
});
