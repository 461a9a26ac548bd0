import { Command } from '../command-line/command.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import { AuditSubCommand, parseKey, parseMoment } from './audit-command.js';
import { formatImage } from './format-entries.js';

@Command({
  name: 'show',
  arguments: '<table> <id> <time>',
  description: 'Show a record as it was at a time (ISO 8601), or after an entry (its sequence).',
})
export class ShowCommand extends AuditSubCommand {
  constructor(private readonly audit: AuditService) {
    super();
  }

  override async run([table, id, at]: string[], { json }: { json?: boolean }): Promise<void> {
    await this.print(
      json,
      () => this.audit.imageAt(table!, parseKey(id!), parseMoment(at!)),
      formatImage,
    );
  }
}
