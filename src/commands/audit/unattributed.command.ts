import { SubCommand } from 'nest-commander';
import { InvalidHistoryQueryError } from '../../audit/errors.js';
import { unattributedWritesPolicies } from '../../config/database-options.js';
import { AuditSubCommand } from './audit-command.js';

@SubCommand({
  name: 'unattributed',
  arguments: '<policy>',
  description:
    'Let the whole database reject or allow writes that no actor stands behind, whatever client makes them.',
})
export class UnattributedCommand extends AuditSubCommand {
  override async run([policy]: string[], { json }: { json?: boolean }): Promise<void> {
    if (!unattributedWritesPolicies.some((known) => known === policy)) {
      throw new InvalidHistoryQueryError(
        `The policy is one of ${unattributedWritesPolicies.join(', ')}.`,
      );
    }
    await this.print(
      json,
      async () => {
        // A utility statement takes no parameters; the value is one of two words.
        await this.database.query(
          `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.unattributed_writes = %L', current_database(), '${policy}'); END $$`,
        );
        return { policy };
      },
      () => `New connections ${policy} writes without an actor.`,
    );
  }
}
