import { Injectable } from '@nestjs/common';
import { foldAscii } from '../../../engine/common/fold-ascii.js';
import { isUuid } from '../../../engine/common/uuid.js';
import type { BrandingProfile } from '../entities/branding-profile.entity.js';
import { BrandingMissingError } from '../errors.js';
import { BrandingProfileRepository } from '../repositories/branding-profile.repository.js';

/** What an app knows of itself when it starts; whatever of it is known. */
export interface BrandingQuery {
  /** The host name of the web app, in capitals or small letters; a port is left out of account. */
  domain?: string;
  /** Apple's bundle identifier. */
  bundleId?: string;
  /** Android's package name. */
  packageName?: string;
  customerProfileId?: string;
}

/** How an app looks. */
@Injectable()
export class BrandingService {
  constructor(private readonly profiles: BrandingProfileRepository) {}

  /**
   * The active profile for an app: by its domain, or else its bundle identifier, its package name or its
   * customer, in this order; the platform's where nothing matches. Identifiers count where they stand on
   * a profile or on an active branded app. One query.
   *
   * @throws BrandingMissingError when the platform has no active profile either
   */
  async resolve({
    domain,
    bundleId,
    packageName,
    customerProfileId,
  }: BrandingQuery = {}): Promise<BrandingProfile> {
    const profile = await this.profiles.resolve({
      domain: textOrNull(domain && hostName(domain)),
      bundleId: textOrNull(bundleId),
      packageName: textOrNull(packageName),
      customerProfileId: isUuid(customerProfileId) ? customerProfileId : null,
    });
    if (profile === null) throw new BrandingMissingError();
    return profile;
  }
}

/** `Sing.Example.com.:8080`, as a request's Host header may have it, is `sing.example.com`. */
function hostName(domain: string): string {
  return foldAscii(domain.trim().replace(/:\d*$/, '').replace(/\.$/, ''));
}

/** An empty text is no identifier; one with a zero byte is none that PostgreSQL could hold. */
function textOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' || text.includes('\0') ? null : text;
}
