/** The session is kept in this tab only, until the tab is closed. */
const key = 'singr-token';

export const readToken = () => sessionStorage.getItem(key);
export const keepToken = (token) => sessionStorage.setItem(key, token);
export const forgetToken = () => sessionStorage.removeItem(key);
