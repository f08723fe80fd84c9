// Makes localhost mean ::1 before 127.0.0.1, as on most machines.
import dns from 'node:dns';

const lookup = dns.lookup;
dns.lookup = (host, options, done) => {
  if (host !== 'localhost') return lookup(host, options, done);
  if (!options.all) return done(null, '::1', 6);
  return done(null, [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }]);
};
