import { AuditLog } from './audit/entities/audit-log.entity.js';
import { Customer } from './billing/entities/customer.entity.js';
import { StripeCheckoutSession } from './billing/entities/stripe-checkout-session.entity.js';
import { StripePrice } from './billing/entities/stripe-price.entity.js';
import { StripeProduct } from './billing/entities/stripe-product.entity.js';
import { StripeWebhookEvent } from './billing/entities/stripe-webhook-event.entity.js';
import { Subscription } from './billing/entities/subscription.entity.js';
import { BrandedAppApiKey } from './branding/entities/branded-app-api-key.entity.js';
import { BrandedApp } from './branding/entities/branded-app.entity.js';
import { BrandingProfile } from './branding/entities/branding-profile.entity.js';
import { Account } from './identity/entities/account.entity.js';
import { CustomerProfile } from './identity/entities/customer-profile.entity.js';
import { Permission } from './identity/entities/permission.entity.js';
import { RolePermission } from './identity/entities/role-permission.entity.js';
import { Role } from './identity/entities/role.entity.js';
import { Session } from './identity/entities/session.entity.js';
import { SingerProfile } from './identity/entities/singer-profile.entity.js';
import { UserRole } from './identity/entities/user-role.entity.js';
import { User } from './identity/entities/user.entity.js';
import { VerificationToken } from './identity/entities/verification-token.entity.js';
import { ApiKey } from './organizations/entities/api-key.entity.js';
import { OrganizationUserPermission } from './organizations/entities/organization-user-permission.entity.js';
import { OrganizationUser } from './organizations/entities/organization-user.entity.js';
import { Request } from './requests/entities/request.entity.js';
import { SingerFavoriteSong } from './requests/entities/singer-favorite-song.entity.js';
import { SingerFavoriteVenue } from './requests/entities/singer-favorite-venue.entity.js';
import { SingerRequestHistory } from './requests/entities/singer-request-history.entity.js';
import { SongDb } from './songs/entities/song-db.entity.js';
import { State } from './venues/entities/state.entity.js';
import { System } from './venues/entities/system.entity.js';
import { Venue } from './venues/entities/venue.entity.js';

/** Every entity of the package, by domain. A glob would break under a bundler or in a monorepo. */
export const entities = [
  // identity
  User,
  Role,
  Permission,
  RolePermission,
  UserRole,
  Account,
  Session,
  VerificationToken,
  SingerProfile,
  CustomerProfile,
  // billing
  Customer,
  StripeCheckoutSession,
  StripeProduct,
  StripePrice,
  Subscription,
  StripeWebhookEvent,
  // organizations
  OrganizationUser,
  OrganizationUserPermission,
  ApiKey,
  // venues
  Venue,
  System,
  State,
  // songs
  SongDb,
  // requests
  Request,
  SingerFavoriteSong,
  SingerFavoriteVenue,
  SingerRequestHistory,
  // branding
  BrandingProfile,
  BrandedApp,
  BrandedAppApiKey,
  // audit
  AuditLog,
];
