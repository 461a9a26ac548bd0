export { IdentityModule } from './identity.module.js';
export { Account } from './entities/account.entity.js';
export { CustomerProfile } from './entities/customer-profile.entity.js';
export { Permission } from './entities/permission.entity.js';
export { RolePermission } from './entities/role-permission.entity.js';
export { Role } from './entities/role.entity.js';
export { Session } from './entities/session.entity.js';
export { SingerProfile, type SingerPreferences } from './entities/singer-profile.entity.js';
export { UserRole } from './entities/user-role.entity.js';
export { User } from './entities/user.entity.js';
export { VerificationToken } from './entities/verification-token.entity.js';
export { hashPassword, passwordAlgo, verifyPassword } from './passwords/password-hashing.js';
export { PermissionRepository } from './repositories/permission.repository.js';
export type { PermissionChanges } from './repositories/role-permission.repository.js';
export { SessionRepository } from './repositories/session.repository.js';
export { UserRepository } from './repositories/user.repository.js';
export { AccountService, type ProviderAccount } from './services/account.service.js';
export { PasswordService } from './services/password.service.js';
export {
  ProfileService,
  type CustomerProfileChanges,
  type NewCustomerProfile,
  type NewSingerProfile,
  type SingerProfileChanges,
} from './services/profile.service.js';
export { RoleService } from './services/role.service.js';
export {
  SessionService,
  type OpenedSession,
  type RotateSessionOptions,
  type SessionOptions,
} from './services/session.service.js';
export { UserService, type NewUser } from './services/user.service.js';
export {
  VerificationTokenService,
  type VerificationPurpose,
  type TokenRecipient,
  type VerificationTokenOptions,
} from './services/verification-token.service.js';
export { InvalidLifetimeError } from '../common/errors/invalid-lifetime.error.js';
export {
  AccountLinkedElsewhereError,
  CustomerProfileNotFoundError,
  EmailTakenError,
  InvalidCredentialsError,
  InvalidEmailError,
  InvalidPasswordError,
  InvalidPurposeError,
  SessionInvalidError,
  SingerProfileNotFoundError,
  UnknownGrantError,
  UserNotFoundError,
  VerificationTokenInvalidError,
} from './errors.js';
