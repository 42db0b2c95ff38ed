import { capacityHelp, parseCapacityCommand } from '../lib/capacity/command-line.ts';
import { describePlan } from '../lib/capacity/describe.ts';
import { CapacityError } from '../lib/capacity/input.ts';
import { planCapacity } from '../lib/capacity.ts';

// npm run capacity -- --rps 250000
function main(args: readonly string[]): number {
  try {
    const command = parseCapacityCommand(args);
    if (command.kind === 'help') {
      process.stdout.write(capacityHelp);
      return 0;
    }
    const plan = planCapacity(command.asked);
    process.stdout.write(command.json ? `${JSON.stringify(plan)}\n` : describePlan(plan));
    return plan.blockers.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CapacityError)) throw error;
    process.stderr.write(`capacity: ${error.message} (--help lists the options)\n`);
    return 1;
  }
}

process.exitCode = main(process.argv.slice(2));
