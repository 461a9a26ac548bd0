import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityMetadata } from 'typeorm';
import { entityOfTable } from '../../engine/audit/entity-of-table.js';
import type { RowImage } from '../../engine/audit/row-image.js';
import {
  auditLabelOf,
  type AuditLabelOptions,
} from '../../engine/decorators/audit-label.decorator.js';
import type { DatabaseDataSource } from '../../engine/transaction/database.data-source.js';
import { AUDIT_PAGE_OPTIONS, type AuditPageOptions } from '../common/options.js';
import { recordTitle } from './record-title.js';
import { type ColumnType, type TableColumn, TableColumns } from './table-columns.js';
import { columnLabel, sentence } from './words.js';

/** A column as the page shows it. */
export interface DescribedColumn extends Omit<TableColumn, 'values' | 'type'> {
  readonly type: ColumnType;
  readonly label: string;
  readonly values?: readonly { readonly value: string; readonly label: string }[];
}

/** A table as the page shows it. */
export interface DescribedTable {
  readonly table: string;
  readonly label: string;
  readonly plural: string;
  readonly icon: string | null;
  readonly pages: number;
  readonly columns: readonly DescribedColumn[];
  /** The title of a row, by its image; null if it has none. */
  readonly title: (image: RowImage | null) => string | null;
}

/** Describes the audited tables for people, by the entities, their `@AuditLabel()` and the option `entities`. */
@Injectable()
export class DescribedTables {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(AUDIT_PAGE_OPTIONS) private readonly options: AuditPageOptions,
    @Inject(TableColumns) private readonly tables: TableColumns,
  ) {}

  /** All of them by name, in the order of the names. */
  async all(): Promise<ReadonlyMap<string, DescribedTable>> {
    const found = await this.tables.all();
    const labels = new Map(found.map(({ table }) => [table, this.label(table)]));
    // A column that is named like the key that it refers to has the label of that table.
    const labelOf = ({ column, references }: TableColumn) =>
      (column === references?.column ? labels.get(references.table) : undefined) ??
      columnLabel(column, references !== null);
    return new Map(
      found.map(({ table, pages, columns }) => {
        const entity = entityOfTable(this.database, table);
        const options = this.optionsOf(table, entity);
        const label = labels.get(table)!;
        const described = columns.map((column) => describeColumn(column, entity, options, labelOf));
        return [
          table,
          {
            table,
            label,
            plural: options.plural ?? (entity === undefined ? label : sentence(table)),
            icon: options.icon ?? null,
            pages,
            columns: described,
            title: (image) => recordTitle(image, columns, entity, options.title),
          },
        ];
      }),
    );
  }

  private label(table: string): string {
    const entity = entityOfTable(this.database, table);
    return this.optionsOf(table, entity).label ?? sentence(entity?.name ?? table);
  }

  private optionsOf(table: string, entity: EntityMetadata | undefined): AuditLabelOptions {
    const { entities = {} } = this.options;
    const declared = auditLabelOf(entity?.target) ?? {};
    const given = entities[table] ?? (entity && entities[entity.name]) ?? {};
    return { ...declared, ...given, columns: { ...declared.columns, ...given.columns } };
  }
}

function describeColumn(
  column: TableColumn,
  entity: EntityMetadata | undefined,
  { columns = {} }: AuditLabelOptions,
  labelOf: (column: TableColumn) => string,
): DescribedColumn {
  const metadata = entity?.findColumnWithDatabaseName(column.column);
  const options = columns[metadata?.propertyName ?? ''] ?? columns[column.column] ?? {};
  const { values: ofType, ...rest } = column;
  const values = ofType ?? metadata?.enum?.map(String) ?? Object.keys(options.values ?? {});
  return {
    ...rest,
    label: options.label ?? labelOf(column),
    ...(values.length === 0
      ? {}
      : {
          type: 'enum',
          values: values.map((value) => ({
            value,
            label: options.values?.[value] ?? sentence(value),
          })),
        }),
  };
}
