/** Where the routers are in the events topic, and putting them elsewhere. */
@NullMarked
package io.penstock.provisioning.offset;

import org.jspecify.annotations.NullMarked;
