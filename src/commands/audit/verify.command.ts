import { Command } from '../command-line/command.js';
import { AuditVerifier } from '../../engine/audit/verify/audit-verifier.js';
import { AuditSubCommand } from './audit-command.js';

@Command({
  name: 'verify',
  description:
    'Look for whatever would let a write go unrecorded. Exits with 1 when it finds something.',
})
export class VerifyCommand extends AuditSubCommand {
  constructor(private readonly verifier: AuditVerifier) {
    super();
  }

  override async run(_arguments: string[], { json }: { json?: boolean }): Promise<void> {
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
