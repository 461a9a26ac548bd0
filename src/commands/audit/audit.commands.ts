import type { CommandGroup } from '../command-line/command.js';
import { BlameCommand } from './blame.command.js';
import { DiffCommand } from './diff.command.js';
import { EraseCommand } from './erase.command.js';
import { HistoryCommand } from './history.command.js';
import { PartitionsCommand } from './partitions.command.js';
import { PruneCommand } from './prune.command.js';
import { RestoreToCommand } from './restore-to.command.js';
import { RestoreCommand } from './restore.command.js';
import { ShowCommand } from './show.command.js';
import { UnattributedCommand } from './unattributed.command.js';
import { UndoCommand } from './undo.command.js';
import { VerifyCommand } from './verify.command.js';

export const auditCommands: CommandGroup = {
  name: 'audit',
  description: 'Read the audit trail, undo changes, and maintain the trail.',
  commands: [
    HistoryCommand,
    BlameCommand,
    ShowCommand,
    DiffCommand,
    UndoCommand,
    RestoreCommand,
    RestoreToCommand,
    VerifyCommand,
    PruneCommand,
    EraseCommand,
    PartitionsCommand,
    UnattributedCommand,
  ],
};
