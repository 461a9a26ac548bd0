import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import { parseChoice } from '../argument-values.js';
import { InvalidArgumentError } from '../errors.js';
import { AuditSubCommand } from './audit-command.js';
import { formatUndo, undoingOptions } from './undoing.js';

@Injectable()
export class UndoCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'undo',
    description: 'Undo one entry, or with --transaction or --request all that it wrote.',
    arguments: { sequence: { placeholder: '[sequence]' } },
    options: {
      conflicts: {
        flag: '--conflicts <what>',
        text: 'what a later change must not have touched: the same column (default) or the row',
        read: (name, text) => parseChoice(name, text, ['column', 'row']),
      },
      transaction: { flag: '--transaction <id>', text: 'undo what this transaction wrote' },
      at: {
        flag: '--at <time>',
        text: 'the transaction’s time (ISO 8601), where several have its id',
      },
      request: { flag: '--request <id>', text: 'undo what this request wrote' },
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
        if (transaction !== undefined) {
          return this.audit.undoTransaction(transaction, { ...options, at });
        }
        if (request !== undefined) return this.audit.undoRequest(request, options);
        if (sequence !== undefined) return this.audit.undo(sequence, options);
        throw new InvalidArgumentError(
          'Name what to undo: an entry’s sequence, --transaction ID or --request ID.',
        );
      },
      formatUndo,
    );
  }
}
