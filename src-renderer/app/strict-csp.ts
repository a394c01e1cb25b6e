import { z } from 'zod';

// Zod would try to compile its parsers with `new Function`, which the content security policy
// forbids and reports. To be imported before any schema is used.
z.config({ jitless: true });
