@NullMarked
package io.penstock.local.npm;

import org.jspecify.annotations.NullMarked;
