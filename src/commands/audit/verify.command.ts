import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { AuditVerifier } from '../../engine/audit/verify/audit-verifier.js';
import { AuditSubCommand, printOptions } from './audit-command.js';

@Injectable()
export class VerifyCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'verify',
    description:
      'Look for whatever would let a write go unrecorded. Exits with 1 when it finds something.',
    options: printOptions,
  } satisfies CommandUsage;

  constructor(private readonly verifier: AuditVerifier) {
    super();
  }

  async run({ json }: InputOf<typeof VerifyCommand.usage>): Promise<void> {
    const problems = await this.print(
      json,
      () => this.verifier.verify(),
      (found) =>
        found.length === 0
          ? 'Every table is recorded, and the trail is protected.'
          : found
              .map(({ subject, problem, remedy }) => `${subject} ${problem}\n    → ${remedy}`)
              .join('\n'),
    );
    if (problems.length > 0) process.exitCode = 1;
  }
}
