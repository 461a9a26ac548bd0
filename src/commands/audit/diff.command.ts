import { Command } from '../command-line/command.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import { AuditSubCommand, parseKey, parseMoment } from './audit-command.js';
import { formatChanges } from './format-entries.js';

@Command({
  name: 'diff',
  arguments: '<table> <id> <from> [to]',
  description:
    'Show how a record differs between two times (ISO 8601) or entries (their sequences); the second is now if left out.',
})
export class DiffCommand extends AuditSubCommand {
  constructor(private readonly audit: AuditService) {
    super();
  }

  override async run([table, id, from, to]: string[], { json }: { json?: boolean }): Promise<void> {
    await this.print(
      json,
      () =>
        this.audit.diff(
          table!,
          parseKey(id!),
          parseMoment(from!),
          to === undefined ? undefined : parseMoment(to),
        ),
      formatChanges,
    );
  }
}
