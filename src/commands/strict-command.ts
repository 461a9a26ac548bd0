import { CommandRunner } from 'nest-commander';

/** A command that refuses what it does not take: a time whose hour is lost would be another time. */
export abstract class StrictCommand extends CommandRunner {
  override setCommand(command: typeof this.command): this {
    return super.setCommand(command.allowExcessArguments(false));
  }
}

/** A command that only has others below it. */
export abstract class CommandGroup extends CommandRunner {
  override async run([unknown]: string[]): Promise<void> {
    if (unknown === undefined) this.command.help();
    else this.command.error(`error: unknown command '${unknown}'`);
  }
}
