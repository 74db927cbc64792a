@NullMarked
package io.penstock.provisioning;

import org.jspecify.annotations.NullMarked;
