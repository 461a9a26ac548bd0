import { readFile } from 'node:fs/promises';
import type { Prometheus, Series } from './prometheus.js';

/** A panel of a Grafana dashboard, as far as it is read here. */
interface PanelDefinition {
  readonly type: 'timeseries' | 'stat';
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

export interface Target {
  readonly expr: string;
  readonly series: readonly (Series & { readonly name: string })[];
}

export interface Panel extends Omit<PanelDefinition, 'targets'> {
  readonly targets: readonly Target[];
}

export interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Reads a dashboard, and the answers to its queries. */
export async function readDashboard(file: string, prometheus: Prometheus): Promise<Dashboard> {
  const { title, panels } = JSON.parse(await readFile(file, 'utf8')) as {
    title: string;
    panels: PanelDefinition[];
  };
  const answered = panels.map(async (panel): Promise<Panel> => {
    const targets = panel.targets.map(async ({ expr, legendFormat }): Promise<Target> => {
      const series = await prometheus.range(filledIn(expr));
      const named = series.map((one) => ({ ...one, name: nameOf(legendFormat, one.labels) }));
      return { expr, series: named };
    });
    return { ...panel, targets: await Promise.all(targets) };
  });
  return { title, panels: await Promise.all(answered) };
}

/** Replaces Grafana's variables. */
function filledIn(expr: string): string {
  return expr.replaceAll('$__rate_interval', '10s').replaceAll('$instance', '.*');
}

function nameOf(format: string, labels: Readonly<Record<string, string>>): string {
  return format.replace(/\{\{(\w+)\}\}/g, (_whole, label: string) => labels[label] || 'none');
}
