import { Command } from '../command-line/command.js';
import { unattributedWritesPolicies } from '../../engine/config/database-options.js';
import { parseChoice } from '../argument-values.js';
import { AuditSubCommand } from './audit-command.js';

@Command({
  name: 'unattributed',
  arguments: '<policy>',
  description:
    'Let the whole database reject or allow writes that no actor stands behind, whatever client makes them.',
})
export class UnattributedCommand extends AuditSubCommand {
  override async run([word]: string[], { json }: { json?: boolean }): Promise<void> {
    const policy = parseChoice('unattributed', word!, unattributedWritesPolicies);
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
