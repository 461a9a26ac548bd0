import type { CanActivate, FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { HistoryScope, ScopeValue } from '../../engine/audit/history/history-query.js';
import type { AuditedTarget } from '../../engine/audit/audited-table.js';
import type { TenantFilter } from '../../engine/audit/tenant-entries.js';
import type { AuditLabelOptions } from '../../engine/decorators/audit-label.decorator.js';

/** A table, or some of its rows, that a viewer may read. */
export type ReadableRecords = AuditedTarget | HistoryScope;

export type { ScopeValue };

/** What the viewer of the page may do. What is not said is not allowed. */
export interface AuditAccess {
  /**
   * `true` for everything; else the tables, or the rows with certain values: `[Tag, { table: Venue, where:
   * { ownerId: user.id } }]`. An entry is shown if its row has the values before and after the change, where it
   * exists. The same rule applies to lists, searches, exports, counts and the labels of records that others refer to.
   */
  read: true | readonly ReadableRecords[];
  /** Whether the viewer may undo and restore what it may read. Default: false. */
  undo?: boolean;
  /** Only entries and records of this tenant, or of these. Default: those that the request is bound to, else all. */
  tenant?: TenantFilter;
}

/** The person at the page. */
export interface AuditViewer {
  readonly name: string | null;
  /** The name of the person whom the viewer acts for. Default: none. */
  readonly onBehalfOf?: string | null;
}

/** A link in the page's header. */
export interface AuditPageLink {
  readonly label: string;
  /** A path of this server, or another address of `http:` or `https:`. */
  readonly href: string;
}

/** A person whom entries name by an id. */
export interface AuditPerson {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
}

/** The entity whose rows are the persons that entries name. */
export interface PeopleOptions {
  entity: EntityTarget<ObjectLiteral>;
  /** The property of the name. Default: `name`, if the entity has it. */
  name?: string;
  /** The property of the e-mail address. Default: `email`, if the entity has it. */
  email?: string;
}

/** The options of the page that may come from a factory. */
export interface AuditPageOptions {
  /**
   * Returns what the viewer may read and do. It is called for each request, after the guards. Nothing, or an empty
   * list, allows nothing: the request is answered with 403.
   */
  can: (
    request: any,
  ) => AuditAccess | null | undefined | false | Promise<AuditAccess | null | undefined | false>;
  /** Returns the viewer's name. Default: that of the request's actor. */
  viewer?: (request: any) => AuditViewer | null | Promise<AuditViewer | null>;
  /** Where the page sends a browser that is not signed in, with `?return=` and the page's path. Default: nowhere. */
  signIn?: string;
  /** Links in the page's header, such as the one to sign out. */
  links?: readonly AuditPageLink[];
  /** How tables are shown, by the name of the entity or the table. It takes precedence over `@AuditLabel()`. */
  entities?: Readonly<Record<string, AuditLabelOptions>>;
  /** Whose rows are the persons. Default: the entity with `@Person()`. */
  people?: PeopleOptions;
  /**
   * How long a search may read, in milliseconds. A search that ends then says which tables it did not read to the
   * end. Default: 2000.
   */
  searchTimeout?: number;
}

/** Where the page is, and who is let in. Routes and guards cannot come from a factory. */
export interface AuditPageRoutes {
  /** The path of the page, below the global prefix. Its API is below `api/`. */
  path: string;
  /** Guards of the API, as in `@UseGuards()`. Their providers come from `imports` or from global modules. */
  guards?: readonly (Type<CanActivate> | CanActivate)[];
  /** Whether the guards also guard the page and its files, which have no data. Default: false. */
  guardPage?: boolean;
  /**
   * Decorators of the controllers, such as the application's own `Public()` for a global guard: of the page with its
   * files, and of the API.
   */
  decorators?: {
    readonly page?: readonly (ClassDecorator | MethodDecorator)[];
    readonly api?: readonly (ClassDecorator | MethodDecorator)[];
  };
  /** Modules that provide what the guards inject. */
  imports?: ModuleMetadata['imports'];
}

export type AuditPageModuleOptions = AuditPageRoutes & AuditPageOptions;

/** Options of `AuditPageModule.forRootAsync()`: a factory of options with injected providers. */
export interface AuditPageModuleAsyncOptions extends AuditPageRoutes {
  inject?: FactoryProvider['inject'];
  useFactory: (...args: any[]) => AuditPageOptions | Promise<AuditPageOptions>;
}

export const AUDIT_PAGE_OPTIONS = Symbol('singr:audit-page-options');
