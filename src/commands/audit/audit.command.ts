import { Command } from 'nest-commander';
import { CommandGroup } from '../strict-command.js';
import { DiffCommand } from './diff.command.js';
import { HistoryCommand } from './history.command.js';
import { EraseCommand, PartitionsCommand, PruneCommand } from './retention.commands.js';
import { UnattributedCommand } from './unattributed.command.js';
import { RestoreCommand, UndoCommand } from './undo.command.js';
import { VerifyCommand } from './verify.command.js';

export const auditSubCommands = [
  HistoryCommand,
  DiffCommand,
  UndoCommand,
  RestoreCommand,
  VerifyCommand,
  PruneCommand,
  EraseCommand,
  PartitionsCommand,
  UnattributedCommand,
];

@Command({
  name: 'audit',
  description: 'Ask the audit trail, undo what it recorded, and look after it.',
  subCommands: auditSubCommands,
})
export class AuditCommand extends CommandGroup {}
