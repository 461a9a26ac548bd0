/** The values of one line of a panel over time. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Times in seconds, with their values. */
  readonly points: readonly (readonly [number, number])[];
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: readonly { metric: Record<string, string>; values: [number, string][] }[];
  };
}

/** Asks a Prometheus about the last seconds. */
export class Prometheus {
  private readonly end = Date.now() / 1000;

  constructor(
    private readonly url: string,
    private readonly seconds: number,
  ) {}

  /** The series of a query, without points that are no number. */
  async range(expr: string): Promise<Series[]> {
    const { data, error } = await this.get<Answer>('query_range', {
      query: expr,
      start: String(this.end - this.seconds),
      end: String(this.end),
      step: '1',
    });
    if (error !== undefined) throw new Error(`${expr}: ${error}`);
    return data.result
      .map(({ metric, values }) => ({
        labels: metric,
        points: values
          .map(([time, value]) => [time, Number(value)] as const)
          .filter(([, value]) => Number.isFinite(value)),
      }))
      .filter(({ points }) => points.length > 0);
  }

  async firingAlerts(): Promise<string[]> {
    const { data } = await this.get<{
      data: { alerts: { state: string; labels: { alertname: string } }[] };
    }>('alerts', {});
    const firing = data.alerts.filter(({ state }) => state === 'firing');
    return [...new Set(firing.map(({ labels }) => labels.alertname))].sort();
  }

  private async get<T>(path: string, parameters: Record<string, string>): Promise<T> {
    const url = new URL(`/api/v1/${path}?${new URLSearchParams(parameters).toString()}`, this.url);
    return (await (await fetch(url)).json()) as T;
  }
}
