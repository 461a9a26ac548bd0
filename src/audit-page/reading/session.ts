import { Inject, Injectable } from '@nestjs/common';
import { ActorContext } from '../../engine/actor/actor-context.js';
import type { Viewer } from '../access/viewer.js';
import {
  AUDIT_PAGE_OPTIONS,
  type AuditPageLink,
  type AuditPageOptions,
  type AuditViewer,
} from '../common/options.js';
import { DescribedTables, type DescribedColumn } from '../tables/described-tables.js';
import { People } from './people.js';

/** What the page needs to know first. */
export interface PageSession {
  readonly viewer: { readonly name: string | null; readonly onBehalfOf: string | null };
  readonly can: { readonly undo: boolean };
  /** Null for all tenants. */
  readonly tenant: readonly string[] | null;
  readonly signIn: string | null;
  readonly links: readonly AuditPageLink[];
  readonly tables: readonly {
    readonly table: string;
    readonly label: string;
    readonly plural: string;
    readonly icon: string | null;
    readonly columns: readonly Omit<DescribedColumn, 'searchable' | 'indexed'>[];
  }[];
}

/** Tells the page who looks at it, and what it may show. */
@Injectable()
export class Sessions {
  constructor(
    @Inject(AUDIT_PAGE_OPTIONS) private readonly options: AuditPageOptions,
    @Inject(DescribedTables) private readonly tables: DescribedTables,
    @Inject(People) private readonly people: People,
  ) {}

  async of(viewer: Viewer, request: unknown): Promise<PageSession> {
    const tables = [...(await this.tables.all()).values()];
    const { name, onBehalfOf } = (await this.viewer(viewer, request)) ?? { name: null };
    return {
      viewer: { name, onBehalfOf: onBehalfOf ?? null },
      can: { undo: viewer.mayUndo },
      tenant: viewer.tenants ?? null,
      signIn: this.options.signIn ?? null,
      links: this.options.links ?? [],
      tables: tables
        .filter(({ table }) => viewer.of(table) !== undefined)
        .map(({ table, label, plural, icon, columns }) => ({
          table,
          label,
          plural,
          icon,
          columns: columns.map(({ searchable: _s, indexed: _i, references, ...column }) => ({
            ...column,
            // A table that the viewer may not read is not named.
            references: references && viewer.of(references.table) !== undefined ? references : null,
          })),
        })),
    };
  }

  private async viewer(viewer: Viewer, request: unknown): Promise<AuditViewer | null> {
    if (this.options.viewer !== undefined) return this.options.viewer(request);
    const actor = ActorContext.current();
    if (actor === undefined) return null;
    const shown = (await this.people.of(viewer, [{ actor }]))({ actor });
    return {
      name: shown.name ?? shown.email ?? shown.id,
      onBehalfOf: shown.onBehalfOf && (shown.onBehalfOf.name ?? shown.onBehalfOf.id),
    };
  }
}
