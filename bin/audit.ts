import { runAuditCommand } from '../lib/admin/audit-command.ts';

await runAuditCommand(process.argv.slice(2));
