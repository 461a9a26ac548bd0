import {
  Body,
  Controller,
  Injectable,
  Param,
  Patch,
  Post,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import {
  annotate,
  SeedModule,
  SeedService,
  User,
  type Venue,
  VenueRepository,
} from '@singr/database';
import { AuditPageModule } from '@singr/database/audit-page';
import type { BrowserContextOptions } from 'playwright-core';
import type { TestDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

/** Takes the client's word for who it is: a user, or a member of staff who acts for that user. */
@Injectable()
class HostGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const { 'x-user': id, 'x-staff': impersonatedBy } = request.headers;
    if (id === undefined) throw new UnauthorizedException('Sign in first.');
    request.user = { id, impersonatedBy };
    return true;
  }
}

/** Changes of a venue, and why. */
type Changes = Partial<Venue> & { reason?: string };

@Controller('venues')
@UseGuards(HostGuard)
class VenuesController {
  constructor(private readonly venues: VenueRepository) {}

  @Patch(':id')
  async change(@Param('id') id: string, @Body() { reason, ...changes }: Changes): Promise<void> {
    if (reason !== undefined) annotate({ reason });
    await this.venues.update({ id }, changes);
  }

  /** Opens branches of a venue, all in one request. */
  @Post(':id/branches')
  async open(@Param('id') id: string, @Body() { names }: { names: string[] }): Promise<void> {
    const { id: _id, createdAt: _at, ...venue } = await this.venues.findOneByOrFail({ id });
    const next = venue.openkjVenueId + (await this.venues.count());
    await this.venues.insert(
      names.map((name, index) => ({
        ...venue,
        name,
        urlName: name.toLowerCase().replaceAll(' ', '-'),
        openkjVenueId: next + index,
      })),
    );
  }

  /** Moves all venues, in one request. */
  @Post('move')
  async move(@Body() { city }: { city: string }): Promise<void> {
    await this.venues.updateAll({ city });
  }
}

/** Who looks at the page. */
export type Viewer = 'admin' | 'reader' | 'staff' | 'nobody';

/** An application with the page and a few routes that change venues. */
export class PageHost {
  private constructor(
    readonly app: TestApp,
    readonly venueId: string,
    readonly adminId: string,
    readonly customerId: string,
  ) {}

  static async start(database: TestDatabase): Promise<PageHost> {
    const app = await createTestApp(database, {
      imports: [
        SeedModule,
        AuditPageModule.forRoot({
          path: 'audit',
          guards: [HostGuard],
          can: ({ headers }) => ({ read: true, undo: headers['x-may'] !== 'read' }),
          signIn: '/sign-in?by=cookie',
          links: [{ label: 'Sign out', href: '/sign-out' }],
          entities: {
            Venue: { icon: '🎤' },
            User: { icon: '👤', title: 'name' },
            Song: { icon: '🎵' },
          },
        }),
      ],
      controllers: [VenuesController],
    });
    await app.get(SeedService).run();
    const users = app.dataSource.getRepository(User);
    const admin = await users.findOneByOrFail({ email: 'admin@singrkaraoke.com' });
    const customer = await users.findOneByOrFail({ email: 'customer@example.com' });
    const [venue] = await app.get(VenueRepository).find();
    return new PageHost(app, venue!.id, admin.id, customer.id);
  }

  /** What a browser sends as its user. */
  as(viewer: Viewer): Pick<BrowserContextOptions, 'extraHTTPHeaders'> {
    const headers: Record<Viewer, Record<string, string>> = {
      admin: { 'x-user': this.adminId },
      reader: { 'x-user': this.customerId, 'x-may': 'read' },
      staff: { 'x-user': this.customerId, 'x-staff': this.adminId },
      nobody: {},
    };
    return { extraHTTPHeaders: headers[viewer] };
  }

  /** Changes for pictures: by a customer, by staff for the customer, several in a request, and an undo. */
  async tellStory(): Promise<void> {
    const staff = { 'x-staff': this.adminId };
    await this.change({ acceptingRequests: false });
    await this.change({ acceptingRequests: true });
    await this.write('POST', `/venues/${this.venueId}/branches`, {
      names: ['Karaoke Bar East', 'Karaoke Bar West'],
    });
    await this.change({ city: 'Memphis', postalCode: '38103', website: 'https://example.com/bar' });
    await this.change({ phoneNumber: '+1-615-555-0199', reason: 'asked by phone' }, staff);
    await this.change({ address: '9 Wrong Road' });
    await this.undoNewest();
  }

  private async undoNewest(): Promise<void> {
    const headers = { 'x-user': this.adminId, 'x-audit-page': '1' };
    const query = `table=venues&id=${this.venueId}&limit=1`;
    const { body } = await this.app.request('GET', `/audit/api/entries?${query}`, { headers });
    await this.write('POST', '/audit/api/undo', { sequence: body.entries[0].sequence }, headers);
  }

  /** Changes the venue, as its customer. */
  change(changes: Changes, headers: Record<string, string> = {}): Promise<void> {
    return this.write('PATCH', `/venues/${this.venueId}`, changes, headers);
  }

  async write(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<void> {
    const { status, body: answer } = await this.app.request(method, path, {
      body,
      headers: { 'x-user': this.customerId, ...headers },
    });
    if (status >= 300) throw new Error(JSON.stringify(answer));
  }

  venue(): Promise<Venue> {
    return this.app.get(VenueRepository).findOneByOrFail({ id: this.venueId });
  }
}
