/** What integration tests of several modules share. */
@NullMarked
package io.penstock.testkit;

import org.jspecify.annotations.NullMarked;
