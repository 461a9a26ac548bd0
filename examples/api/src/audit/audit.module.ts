import { Module } from '@nestjs/common';
import { AuditPageModule } from '@singr/database/audit-page';
import { AuthModule } from '../auth/auth.module.js';
import { PageSessionGuard } from '../auth/page-session.guard.js';
import { Public } from '../auth/public.decorator.js';
import { accessOf, viewerOf } from './audit-access.js';

/** The audit page, for people who signed in with the form of `/sign-in`, and its API. */
@Module({
  imports: [
    AuditPageModule.forRoot({
      path: 'audit',
      imports: [AuthModule],
      guards: [PageSessionGuard],
      // The global guard takes bearer tokens only.
      decorators: { page: [Public()], api: [Public()] },
      can: accessOf,
      viewer: viewerOf,
      signIn: '/sign-in',
      links: [
        { label: 'Act for a customer', href: '/acting' },
        { label: 'Sign out', href: '/sign-out' },
      ],
    }),
  ],
})
export class AuditModule {}
