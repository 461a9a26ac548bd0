export { OrganizationsModule } from './organizations.module.js';
export { apiKeyActor } from './services/api-key-actor.js';
export { ApiKeyStatus } from './entities/api-key-status.enum.js';
export { ApiKey } from './entities/api-key.entity.js';
export { OrganizationUserPermission } from './entities/organization-user-permission.entity.js';
export { OrganizationUserStatus } from './entities/organization-user-status.enum.js';
export { OrganizationUser } from './entities/organization-user.entity.js';
export { ApiKeyRepository } from './repositories/api-key.repository.js';
export { OrganizationUserRepository } from './repositories/organization-user.repository.js';
export {
  ApiKeyService,
  type IssueApiKeyOptions,
  type IssuedApiKey,
  type RotateApiKeyOptions,
} from './services/api-key.service.js';
export {
  OrganizationService,
  type InviteOptions,
  type IssuedInvitation,
} from './services/organization.service.js';
export {
  ApiKeyCustomerError,
  ApiKeyNotFoundError,
  ApiKeyRejectedError,
  ApiKeyTransitionError,
  InvitationInvalidError,
  MembershipNotFoundError,
  MembershipTransitionError,
  OwnerIsNoMemberError,
} from './errors.js';
