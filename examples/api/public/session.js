/** Lasts as long as the tab, and no other tab sees it. */
const key = 'singr-token';

export const readToken = () => sessionStorage.getItem(key);
export const keepToken = (token) => sessionStorage.setItem(key, token);
export const forgetToken = () => sessionStorage.removeItem(key);
