import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import { parseChoice } from '../argument-values.js';
import { InvalidArgumentError } from '../errors.js';
import { AuditSubCommand } from './audit-command.js';
import { columnOption, formatUndo, undoingOptions } from './undoing.js';

@Injectable()
export class UndoCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'undo',
    description: 'Undo one entry, or all entries of a transaction or request.',
    arguments: { sequence: { placeholder: '[sequence]' } },
    options: {
      conflicts: {
        flag: '--conflicts <what>',
        text: 'whether a later change is a conflict in the same column (default) or anywhere in the row',
        read: (name, text) => parseChoice(name, text, ['column', 'row']),
      },
      transaction: { flag: '--transaction <id>', text: 'undo all changes of this transaction' },
      at: {
        flag: '--at <time>',
        text: 'the time of the transaction (ISO 8601), if several have the id',
      },
      request: { flag: '--request <id>', text: 'undo all changes of this request' },
      ...columnOption,
      ...undoingOptions,
    },
  } satisfies CommandUsage;

  constructor(private readonly audit: AuditService) {
    super();
  }

  async run(input: InputOf<typeof UndoCommand.usage>): Promise<void> {
    const { json, sequence, transaction, request, at, ...options } = input;
    await this.print(
      json,
      () => {
        if (options.columns !== undefined && (transaction ?? request) !== undefined) {
          throw new InvalidArgumentError(
            '--column belongs to the sequence of one entry: a transaction or a request may have several tables.',
          );
        }
        if (transaction !== undefined) {
          return this.audit.undoTransaction(transaction, { ...options, at });
        }
        if (request !== undefined) return this.audit.undoRequest(request, options);
        if (sequence !== undefined) return this.audit.undo(sequence, options);
        throw new InvalidArgumentError(
          'Set what to undo: the sequence of an entry, --transaction ID or --request ID.',
        );
      },
      formatUndo,
    );
  }
}
