/** More are closed again, the one that was not used for the longest time first. */
const limit = 100;

/** Longer ones insert rows by the hundred: their number differs each time, and so does the text. */
const longest = 4000;

/** Begins the text of a query that has one good plan, whatever its values are. */
export const hasOnePlan = '/* one plan */';

const insertsValues = /^\s*insert\s+into\s+[\w."]+\s*\([\w\s",]*\)\s*values\b(?!.*\bselect\b)/is;

/**
 * The statements that a connection's session on the server has parsed and planned, and so need not be
 * sent again: by their texts the names that they have there.
 */
export class PreparedStatements {
  private readonly names = new Map<string, string>();
  private toClose: string[] = [];
  private made = 0;

  /** @param onServer the driver's own register: by their names the texts of what the server has */
  constructor(private readonly onServer: Record<string, string>) {}

  /**
   * Whether a statement gains by being prepared and can lose nothing: an INSERT of given values has one
   * plan. Of a query PostgreSQL may settle for a plan that suits most values, and not those at hand (manual,
   * "PREPARE"), unless it says that there is only one.
   */
  isWorthIt(text: string): boolean {
    if (this.names.has(text)) return true;
    return text.length <= longest && (text.startsWith(hasOnePlan) || insertsValues.test(text));
  }

  /** The name of a statement, whether the server has it already or not. */
  nameOf(text: string): string {
    const name = this.names.get(text) ?? `singr_${++this.made}`;
    // The last one used is the last one in the map.
    this.names.delete(text);
    this.names.set(text, name);
    if (this.names.size > limit) this.forget(this.names.keys().next().value!);
    return name;
  }

  has(name: string): boolean {
    return name in this.onServer;
  }

  /** The server has parsed the statement. */
  confirm(name: string, text: string): void {
    this.onServer[name] = text;
  }

  /** It is prepared anew when it is needed again, as after a change of the tables that it is for. */
  forget(text: string): void {
    const name = this.names.get(text);
    if (name === undefined) return;
    this.names.delete(text);
    delete this.onServer[name];
    this.toClose.push(name);
  }

  /** The names of what the server may forget, once. */
  takeClosed(): string[] {
    const names = this.toClose;
    this.toClose = [];
    return names;
  }
}
