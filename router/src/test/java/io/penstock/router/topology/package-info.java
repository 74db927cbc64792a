@NullMarked
package io.penstock.router.topology;

import org.jspecify.annotations.NullMarked;
