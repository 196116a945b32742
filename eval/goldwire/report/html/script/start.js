// Addresses lead to parts; the theme; and, when #selftest is asked for, what went wrong while all this ran.

const follow = () => {
  const {name, wanted} = parsed(location.hash);
  const view = views.get(name);
  if (view && [...wanted].length) {
    view.show(Object.fromEntries(wanted));
    if (!wanted.has("at")) document.getElementById(name)?.scrollIntoView();
  }
};
window.addEventListener("hashchange", follow);
follow();
