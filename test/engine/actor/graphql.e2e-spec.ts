import {
  Catch,
  Injectable,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
} from '@nestjs/common';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  Args,
  Field,
  GqlExecutionContext,
  GraphQLModule,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import { NoTransaction } from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { ann, bob } from '../../support/people.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { Tools } from '../../support/scripted-app.js';
import { existing, newSlug, trailOf } from '../../support/trail.js';

/** Authenticates a GraphQL request by its header, for Nest's other guard leaves that to it. */
@Injectable()
class GraphQLGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { req } = GqlExecutionContext.create(context).getContext<{ req: any }>();
    req.user = { id: req.headers['x-user'] };
    return true;
  }
}

@Catch()
@Injectable()
class WritingFilter implements ExceptionFilter {
  constructor(private readonly tools: Tools) {}

  async catch(error: Error, host: ArgumentsHost): Promise<Error> {
    await this.tools.roles.insert({ slug: `${host.getArgByIndex(1).slugs[0]}-filter` });
    return error;
  }
}

@ObjectType()
class RoleView {
  @Field(() => String)
  slug!: string;

  @Field(() => String)
  visited!: string;
}

@Resolver(() => RoleView)
@UseGuards(GraphQLGuard)
@UseFilters(WritingFilter)
class RolesResolver {
  constructor(private readonly tools: Tools) {}

  @Query(() => RoleView)
  role(@Args('slugs', { type: () => [String] }) [slug]: string[]) {
    return { slug };
  }

  @Mutation(() => RoleView)
  async add(@Args('slugs', { type: () => [String] }) slugs: string[]) {
    for (const slug of slugs) await this.tools.roles.insert({ slug });
    return { slug: slugs[0] };
  }

  @NoTransaction()
  @Mutation(() => RoleView)
  async addOneByOne(@Args('slugs', { type: () => [String] }) slugs: string[]) {
    return this.add(slugs);
  }

  /** A resolver of a field, which no interceptor is around unless `fieldResolverEnhancers` says so. */
  @ResolveField(() => String)
  async visited(@Parent() { slug }: RoleView): Promise<string> {
    await this.tools.roles.insert({ slug: `${slug}-visited` });
    return 'yes';
  }
}

describe.each([
  ['by default', {}],
  ['with interceptors around fields', { fieldResolverEnhancers: ['interceptors' as const] }],
])('a GraphQL request, %s,', (_how, options) => {
  const database = useDatabase();
  let app: TestApp;
  beforeAll(async () => {
    const graphql = { driver: ApolloDriver, autoSchemaFile: true, ...options };
    app = await createTestApp(database, {
      imports: [GraphQLModule.forRoot<ApolloDriverConfig>(graphql)],
      providers: [Tools, RolesResolver, WritingFilter],
    });
  });
  const send = (user: string, query: string, slugs: string[]) =>
    app.request('POST', '/graphql', {
      body: { query: query.replaceAll('$', `(slugs: ${JSON.stringify(slugs)})`) },
      headers: { 'x-user': user, 'x-request-id': slugs[0]! },
    });

  it('writes a mutation in one transaction, with the actor', async () => {
    const slugs = [newSlug(), newSlug()];
    const { body } = await send(ann, 'mutation { add$ { slug } }', slugs);
    expect(body).toEqual({ data: { add: { slug: slugs[0] } } });
    for (const slug of slugs) {
      expect(await trailOf(database, slug)).toMatchObject([{ writer: ann, requestId: slugs[0] }]);
    }
  });

  it('rolls back a mutation that fails, and its filter writes as its actor', async () => {
    const slug = newSlug();
    const { body } = await send(ann, 'mutation { add$ { slug } }', [slug, slug]);
    expect(body.errors).toHaveLength(1);
    expect(await existing(database, slug)).toEqual([]);
    expect(await trailOf(database, `${slug}-filter`)).toMatchObject([
      { writer: ann, requestId: slug },
    ]);
  });

  it('lets each write of a mutation with @NoTransaction() commit by itself', async () => {
    const slug = newSlug();
    await send(ann, 'mutation { addOneByOne$ { slug } }', [slug, slug]);
    expect(await trailOf(database, slug)).toMatchObject([{ writer: ann }]);
  });

  it.each(['query { role$ { visited } }', 'mutation { add$ { visited } }'])(
    'does not write a field of %s as nobody, nor as another request',
    async (query) => {
      const requests = Array.from({ length: 20 }, (_, index) => ({
        user: index % 2 === 0 ? ann : bob,
        slug: newSlug(),
      }));
      await Promise.all(requests.map(({ user, slug }) => send(user, query, [slug])));
      for (const { user, slug } of requests) {
        expect(await trailOf(database, `${slug}-visited`)).toMatchObject([
          { writer: user, requestId: slug, route: expect.stringContaining('RolesResolver.') },
        ]);
      }
    },
  );
});
