/** Which catalogue: a customer's and a system's. */
export interface Catalogue {
  customerProfileId: string;
  openkjSystemId: number;
}
