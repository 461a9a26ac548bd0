import {
  Controller,
  type DynamicModule,
  Module,
  type Provider,
  SetMetadata,
  type Type,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { InvalidConfigurationError } from '../engine/config/errors.js';
import { SkipOverload } from '../engine/module/overload/skip-overload.decorator.js';
import { NoTransaction } from '../engine/transaction/transactional.decorator.js';
import { Viewers } from './access/viewer.js';
import { VisibleEntries } from './access/visible-entries.js';
import { Answers } from './http/answers.js';
import { AuditPageFilter } from './http/audit-page.filter.js';
import { PageController } from './http/page.controller.js';
import { PageFiles } from './http/page-files.js';
import { UndoingController } from './http/undoing.controller.js';
import { ReadingController } from './http/reading.controller.js';
import {
  AUDIT_PAGE_OPTIONS,
  type AuditPageModuleAsyncOptions,
  type AuditPageModuleOptions,
  type AuditPageRoutes,
} from './common/options.js';
import { EntryPages } from './reading/entry-pages.js';
import { EntryExport } from './reading/export.js';
import { CurrentRows } from './search/current-rows.js';
import { FormerValues } from './search/former-values.js';
import { Search } from './search/search.js';
import { Undoing } from './undoing/undoing.js';
import { UndoRefusals } from './undoing/undo-refusals.js';
import { People } from './reading/people.js';
import { RecordView } from './reading/record-view.js';
import { Records } from './reading/records.js';
import { References } from './reading/references.js';
import { Sessions } from './reading/session.js';
import { ShownEntries } from './reading/shown-entries.js';
import { DescribedTables } from './tables/described-tables.js';
import { TableColumns } from './tables/table-columns.js';

/**
 * A page that shows the audit trail of any audited table and undoes changes, and its API. It works with
 * `DatabaseModule` and with `CoreDatabaseModule`, on Express and on Fastify.
 */
@Module({})
export class AuditPageModule {
  /** @throws InvalidConfigurationError */
  static forRoot(options: AuditPageModuleOptions): DynamicModule {
    return register(options, { provide: AUDIT_PAGE_OPTIONS, useValue: options });
  }

  /** @throws InvalidConfigurationError */
  static forRootAsync({
    inject,
    useFactory,
    ...routes
  }: AuditPageModuleAsyncOptions): DynamicModule {
    return register(routes, { provide: AUDIT_PAGE_OPTIONS, inject, useFactory });
  }
}

function register(routes: AuditPageRoutes, options: Provider): DynamicModule {
  const path = checkedPath(routes.path);
  const { guards = [], guardPage = false, decorators = {} } = routes;
  const always = [NoTransaction(), UseFilters(AuditPageFilter), SetMetadata(excluded, [true])];
  const guarded = guards.length === 0 ? [] : [UseGuards(...guards)];
  const api = [...always, ...guarded, ...(decorators.api ?? [])];
  const page = [
    ...always,
    SkipOverload(),
    ...(guardPage ? guarded : []),
    ...(decorators.page ?? []),
  ];
  return {
    module: AuditPageModule,
    imports: routes.imports ?? [],
    controllers: [
      // The API comes first: the page's files are found by any name.
      controllerAt(`${path}/api`, ReadingController, api),
      controllerAt(`${path}/api`, UndoingController, api),
      controllerAt(path, PageController, page),
    ],
    providers: [
      options,
      Answers,
      CurrentRows,
      EntryExport,
      FormerValues,
      Search,
      Undoing,
      UndoRefusals,
      AuditPageFilter,
      DescribedTables,
      EntryPages,
      PageFiles,
      People,
      RecordView,
      Records,
      References,
      Sessions,
      ShownEntries,
      TableColumns,
      Viewers,
      VisibleEntries,
    ],
  };
}

/** The metadata by which `@nestjs/swagger` leaves a controller out of an application's API documentation. */
const excluded = 'swagger/apiExcludeController';

/**
 * A subclass of a controller, because an application may mount several pages. Its routes have no version, wherever
 * the application versions its own.
 */
function controllerAt(
  path: string,
  Base: Type,
  decorators: readonly (ClassDecorator | MethodDecorator)[],
): Type {
  const At = class extends Base {};
  Object.defineProperty(At, 'name', { value: `AuditPage${Base.name}` });
  for (const decorate of decorators) (decorate as ClassDecorator)(At);
  Controller({ path, version: VERSION_NEUTRAL })(At);
  return At;
}

/** @throws InvalidConfigurationError unless the path has at least one name, and no parameter */
function checkedPath(path: string): string {
  const trimmed = typeof path === 'string' ? path.replace(/^\/+|\/+$/g, '') : '';
  if (/^[\w~-][\w.~-]*(\/[\w~-][\w.~-]*)*$/.test(trimmed)) return trimmed;
  throw new InvalidConfigurationError([
    'the option "path" of AuditPageModule takes a path such as "audit" or "admin/audit".',
  ]);
}
