import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { AuditVerifier } from '../../engine/audit/verify/audit-verifier.js';
import { AuditSubCommand, printOptions } from './audit-command.js';

@Injectable()
export class VerifyCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'verify',
    description: 'Check that every write is recorded. The exit code is 1 if there are problems.',
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
          ? 'No problems found: all writes are recorded, and the trail is protected.'
          : found
              .map(({ subject, problem, remedy }) => `${subject} ${problem}\n    → ${remedy}`)
              .join('\n'),
    );
    if (problems.length > 0) process.exitCode = 1;
  }
}
