/** The two topics: created, compared with what they should be, mended. */
@NullMarked
package io.penstock.provisioning.topic;

import org.jspecify.annotations.NullMarked;
